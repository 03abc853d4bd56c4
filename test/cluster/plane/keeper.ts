import { connect } from 'node:net';
import { ownerSocket } from './claim.ts';
import { reap } from './reap.ts';

/**
 * `node keeper.ts <folder>`: holds a connection to the plane's owner and, when that breaks, ends the plane. An owner
 * that was killed with SIGKILL (a CI time limit, the kernel out of memory) can't clean up after itself.
 */
const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: keeper.ts <folder>');

const owner = connect(ownerSocket(dir), () => {
  owner.write('keeper\n');
});
owner.on('error', () => undefined);
owner.resume();
owner.once('close', () => {
  void reap(dir);
});
