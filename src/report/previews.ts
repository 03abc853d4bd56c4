/** The previews that `show` found. */
import type { PreviewPart } from '../plan/view-types.ts';
import { codeOf, rowOf, tableOf, textOf } from './markdown.ts';
import { isPreviewAddress } from './preview-link.ts';
import { visible } from './text.ts';
import type { Outcome } from './types.ts';

/** Characters of a cell. */
const MAX_CELL = 200;

/** Rows; more are counted. */
const MOST_ROWS = 50;

const HEAD = ['Requests with', 'Service', 'Build', 'Written', 'Pull request'];
const LINK = 'Link';

export function previewsTable({ previews = [] }: Outcome): string {
  const withLinks = previews.some(({ parts }) => parts.some(({ link }) => link !== null));
  const rows = previews.flatMap(({ requests, parts }) =>
    parts.map((part, i) =>
      rowOf([
        i === 0 ? textOf(requests, MAX_CELL) : '',
        textOf(`${part.namespace}/${part.virtualService}`, MAX_CELL),
        `${codeOf(part.subset, MAX_CELL)}${part.requests === requests ? '' : `<br>by ${textOf(part.requests, MAX_CELL)} only`}`,
        textOf(sinceText(part), MAX_CELL),
        textOf(pullRequestName(part), MAX_CELL),
        ...(withLinks ? [linkCell(part)] : []),
      ]),
    ),
  );
  if (rows.length === 0) return '';
  const more = rows.length - MOST_ROWS;
  return `**Previews**\n\n${tableOf(withLinks ? [...HEAD, LINK] : HEAD, rows.slice(0, MOST_ROWS))}${more > 0 ? `\n\nand ${more} more` : ''}`;
}

/** A line for what a preview matches, and one below it for each service. */
export function previewsLines({ previews = [] }: Outcome): readonly string[] {
  return previews.flatMap(({ requests, parts }) => [
    `requests with ${visible(requests)}`,
    ...parts.map((part) =>
      visible(
        [
          `  ${part.namespace}/${part.virtualService}  ${part.subset}`,
          ...(part.requests === requests ? [] : [`by ${part.requests} only`]),
          ...(part.link === null ? [] : [part.link]),
          ...(part.since === null ? [] : [`written ${sinceText(part)}`]),
          ...(pullRequestName(part) === '' ? [] : [pullRequestName(part)]),
        ].join(', '),
      ),
    ),
  ]);
}

/** A link, if it is an address as istiops writes one: whoever may write the VirtualService may have written anything. */
function linkCell({ link }: PreviewPart): string {
  if (link === null) return '';
  const text = textOf(link, MAX_CELL);
  return isPreviewAddress(link) ? `[${text}](${link})` : text;
}

/** `octo-org/api#10`; empty where nobody knows. */
function pullRequestName({ repository, pullRequest }: PreviewPart): string {
  if (repository === null) return '';
  return pullRequest === null ? repository : `${repository}#${pullRequest}`;
}

function sinceText({ since }: PreviewPart): string {
  return since === null ? '' : `${since.slice(0, 16).replace('T', ' ')} UTC`;
}
