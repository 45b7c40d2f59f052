// Prints the gzipped JavaScript that a page loads first, and fails when it is more than allowed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FILES = join(import.meta.dirname, "../../src/strongroom/console_files");
const PAGES = ["index.html", "src/keys/list/customer-managed-keys-page.tsx"];
const MOST_BYTES = 350_000;

const manifest = JSON.parse(readFileSync(join(FILES, ".vite/manifest.json"), "utf8"));
const loaded = new Set();

function load(name) {
  const chunk = manifest[name];
  if (!loaded.has(chunk.file)) {
    loaded.add(chunk.file);
    (chunk.imports ?? []).forEach(load);
  }
}

PAGES.forEach(load);
let total = 0;
for (const file of loaded) {
  const size = gzipSync(readFileSync(join(FILES, file)), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  bytes of gzipped JavaScript for the list of keys (at most ${MOST_BYTES})`);
process.exitCode = total > MOST_BYTES ? 1 : 0;
