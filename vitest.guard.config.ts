import { defineConfig } from 'vitest/config';

// A file that a tool loads by its default export.
export default defineConfig({
  test: { include: ['test/reach/guard.mutation.ts'], testTimeout: 300_000 },
});
