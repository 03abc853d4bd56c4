import { LineCounter, parseDocument, type Document } from 'yaml';
import { memoizedLast } from '../base/memoized.ts';

export interface KubeconfigDocument {
  /** With the faults that it has. */
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The YAML of a kubeconfig: read for its secrets first, and then to be used. Never throws. */
export const kubeconfigDocument = memoizedLast((yaml: string): KubeconfigDocument => {
  const lines = new LineCounter();
  return {
    document: parseDocument(yaml, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' }),
    lines,
  };
});
