import picocolors from 'picocolors';
import type { Finding } from '../base/findings.ts';
import type { Colours } from './colours.ts';
import type { Outcome } from './types.ts';
import { canaryLines } from './canary/terminal.ts';
import { diffOf, readableDiff } from './diff.ts';
import { explainSection } from './explain-terminal.ts';
import { failureLabel, headlineOf } from './headline.ts';
import { historySection } from './history.ts';
import { nextLines } from './next-terminal.ts';
import { pairRoutes } from './pairs.ts';
import { prunedLines } from './pruned.ts';
import { proxiesSection } from './proxies.ts';
import { reachLines } from './reach.ts';
import { wholeObjectsText } from './whole-objects.ts';
import { sectionOf } from './section.ts';
import { servicesLines } from './service-parts.ts';
import { previewsLines } from './previews.ts';
import { changeSection, showSection } from './terminal-routes.ts';
import { isReading, joinSections, newsOf, visible, visibleLines } from './text.ts';

export interface PrettyOptions {
  /** The terminal shows colours (it is one, and `NO_COLOR` isn't set). */
  readonly colour: boolean;
  /** With the diff of what was written. */
  readonly diff?: boolean;
}

/**
 * An outcome for a person at a terminal: `show` as a list of routes, a change as one sentence, route by route
 * before → after, findings, and the diff. Below each other rather than side by side, so that a narrow window
 * does. No control character of the cluster's reaches the terminal.
 *
 * The diff of a dry run and of a change that failed is always there, any other where it is wanted.
 */
export function pretty(outcome: Outcome, options: PrettyOptions): string {
  const colours = picocolors.createColors(options.colour);
  const sections = [
    headSection(outcome, colours),
    servicesLines(outcome).join('\n'),
    [...reachLines(outcome), visible(wholeObjectsText(outcome))]
      .filter((line) => line !== '')
      .map((line) => `  ${line}`)
      .join('\n'),
    outcome.canary === undefined ? '' : canaryLines(outcome.canary, colours),
    bodySection(outcome, colours),
    prunedLines(outcome).join('\n'),
    proxiesSection(outcome, colours),
    visible(outcome.confirmation?.words ?? ''),
    findingsSection(newsOf(outcome), colours),
    scaleDownSection(outcome.safeToScaleDown),
    // What is left of a change that failed has to be seen as well.
    options.diff === true || outcome.dryRun || outcome.failure !== null
      ? colourDiff(readableDiff(diffOf(outcome.texts)), options).trimEnd()
      : '',
    nextLines(outcome, colours),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** A unified diff for the terminal: what goes in red, what comes in green, positions in cyan. */
export function colourDiff(diff: string, options: { readonly colour: boolean }): string {
  const colours = picocolors.createColors(options.colour);
  return visibleLines(diff)
    .split('\n')
    .map((line) => {
      if (line.startsWith('--- ') || line.startsWith('+++ ')) return colours.bold(line);
      if (line.startsWith('@@')) return colours.cyan(line);
      if (line.startsWith('-')) return colours.red(line);
      if (line.startsWith('+')) return colours.green(line);
      return line;
    })
    .join('\n');
}

function bodySection(outcome: Outcome, colours: Colours): string {
  switch (sectionOf(outcome.operation)) {
    case 'routes':
      return joinSections([previewsLines(outcome).join('\n'), showSection(outcome, colours)]);
    case 'history':
      return historySection(outcome.history, colours);
    case 'explanations':
      return explainSection(outcome.explanations, colours);
    case 'changes':
      return changeSection(pairRoutes(outcome.before, outcome.after), colours);
  }
}

function headSection(outcome: Outcome, colours: Colours): string {
  const headline = headlineOf(outcome);
  if (outcome.failure !== null) {
    // The whole message, not the sentence cut short: it says what to do.
    // Expectations that are not met follow, one by one.
    const isTold = outcome.explanations.length > 0 && outcome.failure.reason === 'check-failed';
    const label = `${failureLabel(outcome, outcome.failure)}: `;
    const message = isTold ? headline.slice(label.length) : visibleLines(outcome.failure.message.trim());
    return colours.red(colours.bold(`✖ ${label}`)) + message;
  }
  if (isReading(outcome)) return colours.bold(headline);
  if (outcome.dryRun)
    return `${colours.yellow('◌')} ${colours.bold(headline)}\n  Dry run: nothing was written.`;
  return `${outcome.changed ? colours.green('✔') : colours.dim('–')} ${colours.bold(headline)}`;
}

function findingsSection(findings: readonly Finding[], colours: Colours): string {
  return findings.map((finding) => findingLine(finding, colours)).join('\n');
}

function findingLine({ code, severity, message, object }: Finding, colours: Colours): string {
  const words = visibleLines(message.trim()).replace(/\n(?=[^\n])/g, '\n  ');
  // Most messages name their object themselves.
  const about = object === null || message.includes(object) ? '' : ` ${visible(object)}:`;
  const sign = {
    error: colours.red('error'),
    warning: colours.yellow('warning'),
    notice: colours.blue('notice'),
  }[severity];
  return `${sign} ${colours.dim(`[${visible(code)}]`)}${about} ${words}`;
}

function scaleDownSection(selectors: readonly string[]): string {
  if (selectors.length === 0) return '';
  const lines = selectors.map((selector) => `  ${visible(selector)}`);
  return ['No route sends to these pods any more, they can be scaled down:', ...lines].join('\n');
}
