import {defineConfig} from 'vite';

// One bundle: the page is loaded once and then lives for hours. Nothing is inlined, since the content security policy allows no inline script or data.
export default defineConfig({
  base: '/',
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    sourcemap: false,
    license: {fileName: 'licenses.txt'},
    chunkSizeWarningLimit: 700,
  },
});
