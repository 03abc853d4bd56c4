import { faultOf, type Fault } from '../intent/faults.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Reader } from '../intent/reader.ts';
import type { ServiceLine } from '../intent/services.ts';
import { formatLabels } from '../istio/labels.ts';
import type { Intent } from './index.ts';
import { isServiceIntent, type ServiceOfIntent, type ServicesIntent } from './services.ts';
import type { Door } from './types.ts';

/** What a line says in their place. */
const OF_A_LINE = [INPUTS.labelSelector, INPUTS.virtualService, INPUTS.podSelector] as const;

/** What would be about one of the services alone. */
const OF_ONE_SERVICE = [INPUTS.hostname, INPUTS.port, INPUTS.routes] as const;

/**
 * An intent for each line: the operation reads each as if its selectors had been given as `label-selector` and
 * `pod-selector`.
 *
 * @returns undefined where something is at fault, which the reader knows
 */
export function readServices(reader: Reader, door: Door<Intent>): ServicesIntent | undefined {
  const lines = reader.read(INPUTS.services);
  const beside = [...OF_A_LINE, ...OF_ONE_SERVICE].filter((input) => reader.text(input) !== undefined);
  if (beside.length > 0) {
    const names = beside.map(({ name }) => `\`${name}\``).join(', ');
    reader.fault(
      INPUTS.services,
      `it can't go together with ${names}: each line says which VirtualServices and which build it is about`,
    );
    return undefined;
  }
  if (lines === undefined) {
    faultsOfOthers(reader, door);
    return undefined;
  }
  const services = lines.flatMap((line): readonly ServiceOfIntent[] => {
    const own = reader.withWords({
      [INPUTS.labelSelector.name]: line.selector.text,
      [INPUTS.podSelector.name]: line.podLabels && formatLabels(line.podLabels),
    });
    const intent = door.read(own);
    reader.keep(own.faults.map((fault) => asOfLine(reader, line, fault)));
    return intent === undefined || !isServiceIntent(intent) ? [] : [{ line, intent }];
  });
  const [first] = services;
  if (first === undefined || services.length < lines.length) return undefined;
  return { operation: first.intent.operation, services };
}

/** Whoever mends the lines should not learn only then what else is wrong. */
function faultsOfOthers(reader: Reader, door: Door<Intent>): void {
  const own = reader.withWords({ [INPUTS.labelSelector.name]: 'app', [INPUTS.podSelector.name]: 'app=any' });
  door.read(own);
  reader.keep(own.faults.filter((fault) => !isOfLine(fault)));
}

function isOfLine({ name }: Fault): boolean {
  return OF_A_LINE.some((input) => input.name === name);
}

/** What is wrong with a selector of a line is wrong with the line. */
function asOfLine(reader: Reader, { number }: ServiceLine, fault: Fault): Fault {
  if (!isOfLine(fault)) return fault;
  const problems = fault.problems.map((problem) => `line ${number}, ${fault.name}: ${problem}`);
  return faultOf(INPUTS.services, reader.text(INPUTS.services), problems);
}
