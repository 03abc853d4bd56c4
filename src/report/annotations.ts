import type { Outcome } from './types.ts';

/** A note beside a file or a step, in the place where GitHub shows it. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** As the input names it, from the folder that the step runs in. */
  readonly file?: string;
  /** From 1, both. */
  readonly line?: number;
  readonly column?: number;
}

/** GitHub shows ten of a kind for each step. */
const MOST = 10;

/**
 * What deserves an annotation of its own: each expectation that is not met, each line of a manifest or a file of
 * expectations that is wrong, and each warning. The failure as a whole is the step's own.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function annotationsOf(outcome: Outcome): readonly Annotation[] {
  const { failure, findings } = outcome;
  const warnings = findings
    .filter(({ severity }) => severity === 'warning')
    .map(({ code, message }): Annotation => {
      const [place] = placedWords(outcome, message);
      return { level: 'warning', title: annotationTitle(outcome, code), message, ...place?.at };
    });
  if (failure === null) return warnings;
  const misses = missAnnotations(outcome);
  const places = misses.length > 0 ? [] : placedWords(outcome, failure.message);
  return [
    ...warnings,
    ...misses.slice(0, MOST),
    ...places.slice(0, MOST).map(({ words, at }): Annotation => ({
      level: 'error',
      title: annotationTitle(outcome, failure.reason),
      message: words,
      ...at,
    })),
  ];
}

/** `istiops weight: no-ready-pod` */
export function annotationTitle({ operation }: Pick<Outcome, 'operation'>, what: string): string {
  return `${['istiops', ...(operation === null ? [] : [operation])].join(' ')}: ${what}`;
}

function missAnnotations({ explanations }: Outcome): readonly Annotation[] {
  return explanations.flatMap(({ verdict }): readonly Annotation[] =>
    verdict === null || verdict.met
      ? []
      : [
          {
            level: 'error',
            title: `expectation not met: ${verdict.name}`,
            message: `expected ${verdict.expected}; found ${verdict.found}`,
            file: verdict.file,
            line: verdict.line,
          },
        ],
  );
}

interface PlacedWords {
  readonly words: string;
  readonly at: Required<Pick<Annotation, 'file' | 'line'>> & Pick<Annotation, 'column'>;
}

/** In a cluster there are no files: whatever looks like one there is somebody's text. */
function placedWords({ access }: Outcome, message: string): readonly PlacedWords[] {
  return access === undefined ? placesIn(message) : [];
}

/** Lines as compilers write them: `istio.yaml:8:3: the key "hosts" is there twice`. */
function placesIn(message: string): readonly PlacedWords[] {
  return message.split('\n').flatMap((line): readonly PlacedWords[] => {
    const [, file, row, column, words] =
      /^(?:- )?((?:[A-Za-z]:)?[^\s:][^:]*\.[A-Za-z]+):(\d+)(?::(\d+))?:? (.+)$/.exec(line) ?? [];
    if (file === undefined || row === undefined || words === undefined) return [];
    return [
      { words, at: { file, line: Number(row), ...(column !== undefined && { column: Number(column) }) } },
    ];
  });
}
