import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { gzipFiles } from "./scripts/gzip-files";

const SERVER = process.env["STRONGROOM_ENDPOINT"] ?? "http://127.0.0.1:4599";

export default defineConfig({
  base: "/console/",
  plugins: [react(), gzipFiles()],
  build: {
    outDir: "../src/strongroom/console_files",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy knows no inlined files but images.
    assetsInlineLimit: 0,
    manifest: true,
  },
  server: {
    // Requests are signed for the host that the browser sees, so the proxy leaves it as it is.
    proxy: {
      "^/$": { target: SERVER, changeOrigin: false },
      "/console/sign-in": { target: SERVER, changeOrigin: false },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    server: { deps: { inline: [/@cloudscape-design/] } },
  },
});
