import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";

import type { Plugin } from "vite";

const COMPRESSED = /\.(?:js|css|html|svg)$/;

/** Lays a `.gz` beside every built file that gets smaller by it: the server sends it to who accepts it. */
export function gzipFiles(): Plugin {
  let folder = "";
  return {
    name: "gzip-files",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (COMPRESSED.test(entry)) {
          gzipFile(join(folder, entry));
        }
      }
    },
  };
}

function gzipFile(path: string): void {
  const plain = readFileSync(path);
  const compressed = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  if (compressed.length < plain.length) {
    writeFileSync(`${path}.gz`, compressed);
  }
}
