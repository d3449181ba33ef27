import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The page: built into dist/web, served by the server itself. In development, /live and /api are passed on to it. */
const server = process.env['WSGISCOPE_UI'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  root: 'web',
  plugins: [react()],
  // No data: URLs: the content security policy admits only files of our own origin.
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    // What the page shares with parts that come later is one file, not one for each way of sharing.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
  server: {
    proxy: {
      // The server admits its own origin alone, so what is passed on speaks in its name.
      '/live': { target: server, ws: true, changeOrigin: true, rewriteWsOrigin: true },
      '/api': { target: server, changeOrigin: true },
      '/healthz': { target: server, changeOrigin: true },
    },
  },
})
