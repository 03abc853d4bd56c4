/**
 * What the bundle exports: the two steps of the Action, the command line, and (`scripts/bundle/library.cjs`) the library.
 * Each file that is started or imported takes its part of it (`scripts/bundle.ts`), so that all doors run the same bytes.
 */
export { main } from './action.ts';
export { main as post } from './post.ts';

/** The command line, which the Action's start need not read: see `main` in `cli.ts`. */
export async function istiops(argv: readonly string[]): Promise<number> {
  const { main } = await import('./cli.ts');
  return main(argv);
}
