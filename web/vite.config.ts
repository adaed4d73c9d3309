// Build and test configuration: one origin, hashed assets, no inline scripts (the server's CSP forbids them).

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.PROXMOX_AI_URL ?? 'http://127.0.0.1:8800';

// The server answers only its own address: behind this proxy it must look as if it were asked there.
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // The polyfill would be an inline script; every browser we support knows modulepreload.
    modulePreload: { polyfill: false },
    // A data: URL in CSS would be fine for images, but fonts and scripts must stay files.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': proxied, '/healthz': proxied, '/readyz': proxied } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    restoreMocks: true,
  },
});
