/**
 * For the mutation check: fewer examples, always the same ones (else the score would change from run to run), and
 * no search for a smaller one, for nobody reads it.
 */
import fc from 'fast-check';

fc.configureGlobal({ numRuns: 30, seed: 42, endOnFailure: true });
