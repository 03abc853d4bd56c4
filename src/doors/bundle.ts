/** What the Action's bundle exports: its two steps. Each file that the runner starts calls one (`scripts/bundle.ts`). */
export { main } from './action.ts';
export { main as post } from './post.ts';
