/** What a token of GitHub's says about itself, for whoever has to find out why an API server refuses it. */
import { textIn, type JsonObject } from '../../base/json.ts';
import { commandLine } from '../../base/shell.ts';
import { GITHUB_ISSUER } from './authentication.ts';
import { claimsOf, momentIn } from './jwt.ts';
import type { HttpResponse } from './wire.ts';

interface AskedToken {
  readonly audience: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds that two clocks may differ by, and nobody minds. */
const SKEW = 10_000;

/**
 * An API server gives the same bare 401 for a wrong audience, another owner, an expired token and an unknown key. So
 * this is what can be said from here: which claims are not what was asked for, and all of those that a server looks at.
 *
 * @param answer the 401
 * @param now milliseconds since 1970
 * @returns sentences, then a paragraph with the claims; never the token
 */
export function refusedTokenWords(
  token: string,
  asked: AskedToken,
  answer: HttpResponse,
  now: number,
): string {
  const head = `The API server ${asked.server} doesn't accept GitHub's OIDC token of this job (401 Unauthorized).`;
  const claims = claimsOf(token);
  if (claims === undefined)
    return `${head} What ACTIONS_ID_TOKEN_REQUEST_URL gives is no such token: it can't be decoded.`;
  const clock = clockOf(answer, now);
  const misfits = [...askedMisfits(claims, asked), ...timeMisfits(claims, clock)];
  const found =
    misfits.length > 0
      ? `What does not fit: ${misfits.join('; ')}. Its claims:`
      : `Its claims are those of this job and of the audience that was asked for, and by ${clock.whose} clock it is valid. So ` +
        'the AuthenticationConfiguration of the API server lacks the issuer or the audience, or has a rule for another ' +
        `owner or repository; or the server can't get the keys of the issuer. ${comparison(claims)}`;
  return `${head} ${found}\n\n${claimLines(claims).join('\n')}`;
}

function askedMisfits(claims: JsonObject, { audience, env }: AskedToken): readonly string[] {
  const audiences = audiencesOf(claims);
  return [
    ...(audiences.includes(audience)
      ? []
      : [`aud is ${audiences.join(', ') || 'missing'}, and ${audience} was asked for`]),
    ...other(claims, 'repository_id', env['GITHUB_REPOSITORY_ID']),
    ...other(claims, 'repository_owner_id', env['GITHUB_REPOSITORY_OWNER_ID']),
  ];
}

function other(claims: JsonObject, name: string, wanted: string | undefined): readonly string[] {
  const found = claimText(claims, name);
  if (wanted === undefined || wanted === '' || found === wanted) return [];
  return [`${name} is ${found === '' ? 'missing' : found}, and this job's is ${wanted}`];
}

interface ClockSeen {
  readonly whose: string;
  readonly time: number;
}

function timeMisfits(claims: JsonObject, { whose, time }: ClockSeen): readonly string[] {
  const [expires, from] = [momentIn(claims, 'exp'), momentIn(claims, 'nbf')];
  const says = `and ${whose} clock says ${isoTime(time)}`;
  return [
    ...(expires !== undefined && expires < time - SKEW
      ? [`exp is ${isoTime(expires)}, ${says}: it has expired`]
      : []),
    ...(from !== undefined && from > time + SKEW
      ? [`nbf is ${isoTime(from)}, ${says}: it is not valid yet`]
      : []),
  ];
}

/** The server's, which every answer of a real one tells. */
function clockOf({ headers }: HttpResponse, now: number): ClockSeen {
  const time = Date.parse(headers['date'] ?? '');
  return Number.isNaN(time) ? { whose: "this machine's", time: now } : { whose: "the server's", time };
}

/** Only of claims that fit the job: nobody is to let in whatever has come instead. */
function comparison(claims: JsonObject): string {
  const flags = {
    '--repository-id': [claimText(claims, 'repository_id')],
    '--repository-owner-id': [claimText(claims, 'repository_owner_id')],
    '--audience': audiencesOf(claims),
    '--issuer': [claimText(claims, 'iss')].filter((issuer) => issuer !== GITHUB_ISSUER),
  };
  const words = Object.entries(flags).flatMap(([flag, values]) =>
    values.filter((value) => value !== '').flatMap((value) => [flag, value]),
  );
  const command = commandLine(['istiops', 'keyless', ...words]);
  return `Compare the claims below with that configuration${command === null ? '.' : `; \`${command}\` prints one that accepts them.`}`;
}

function claimLines(claims: JsonObject): readonly string[] {
  const line = (name: string, value: string): string => `${name}: ${value === '' ? '(none)' : value}`;
  const [expires, from] = [momentIn(claims, 'exp'), momentIn(claims, 'nbf')];
  return [
    line('iss', claimText(claims, 'iss')),
    line('aud', audiencesOf(claims).join(', ')),
    ...['repository_id', 'repository_owner_id', 'environment', 'ref'].map((name) =>
      line(name, claimText(claims, name)),
    ),
    ...(from === undefined ? [] : [line('nbf', isoTime(from))]),
    ...(expires === undefined ? [] : [line('exp', isoTime(expires))]),
  ];
}

function claimText(claims: JsonObject, name: string): string {
  const value = claims[name];
  return typeof value === 'number' ? String(value) : textIn(value).slice(0, 300);
}

function audiencesOf(claims: JsonObject): readonly string[] {
  const { aud } = claims;
  return (Array.isArray(aud) ? aud : [aud]).map(textIn).filter((one) => one !== '');
}

function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString().replace('.000Z', 'Z');
}
