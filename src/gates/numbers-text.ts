/** Numbers in the judge's sentences. */
import { grouped } from '../base/text.ts';

/** Two significant digits; what is above 10 % is a whole number. @example shareText(0.0478) // '4.8 %' */
export function shareText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

/** The same, rounded up: what would have been noticed must not be less than was worked out. */
export function shareTextUp(share: number): string {
  const percent = share * 100;
  if (percent >= 10) return `${Math.ceil(percent - 1e-9)} %`;
  const step = percent >= 1 ? 0.1 : percent >= 0.1 ? 0.01 : 0.001;
  return `${Number((Math.ceil(percent / step - 1e-9) * step).toPrecision(6))} %`;
}

/** `400 ms`, `1.5 s`. */
export function timeText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${Number((milliseconds / 1000).toFixed(3))} s`;
}

/** A value of a query, whose digits behind the sixth nobody reads. */
export function valueText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** How seldom chance gives such evidence: `1 in 3,100`. */
export function chanceText(logEvidence: number): string {
  const evidence = Math.exp(Math.min(logEvidence, Math.log(1e9)));
  const rounded = Number(Math.floor(evidence).toPrecision(2));
  return `${logEvidence >= Math.log(1e9) ? 'less than ' : ''}1 in ${grouped(rounded)}`;
}
