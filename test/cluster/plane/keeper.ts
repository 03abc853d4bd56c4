import { reap } from './reap.ts';

/**
 * `node keeper.ts <folder>`: reads from the plane's owner and, when that ends, ends the plane. An owner that was killed
 * with SIGKILL (a CI time limit, the kernel out of memory) can't clean up after itself.
 */
const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: keeper.ts <folder>');

process.stdin.resume().once('close', () => {
  void reap(dir);
});
