export default {
  input: { main: 'src/main.ts', index: 'src/index.ts', 'io/limits': 'src/io/limits.ts' },
  platform: 'node',
  external: ['@napi-rs/keyring'],
  transform: { target: 'es2022' },
  output: {
    dir: '/tmp/bundle',
    format: 'esm',
    sourcemap: true,
    minify: false,
    chunkFileNames: 'chunks/[name]-[hash].js',
    cleanDir: true,
  },
};
