import { describe, expect, test } from 'vitest';
import { fitsEveryPath, patternCovers, type Pattern } from '../../src/reach/patterns.ts';

const regex = (value: string): Pattern => ({ kind: 'regex', value });
const prefix = (value: string): Pattern => ({ kind: 'prefix', value });

describe('a pattern that every path fits', () => {
  test.each([
    regex('.*'),
    regex('.+'),
    regex('/.*'),
    regex('^/.*$'),
    regex('\\/(.*)'),
    regex('(/.*)?'),
    regex('/?.*'),
    prefix('/'),
    prefix(''),
    { kind: 'present' } as const,
  ])('%j', (pattern) => {
    expect(fitsEveryPath(pattern)).toBe(true);
  });

  test.each([
    regex('/.+'),
    regex('/a.*'),
    regex('/.*x'),
    regex('.*\\.html'),
    regex('[/].*y'),
    prefix('/a'),
    { kind: 'exact', value: '/' } as const,
  ])('not %j', (pattern) => {
    expect(fitsEveryPath(pattern)).toBe(false);
  });
});

describe('a regex that is a prefix', () => {
  test.each<[string, Pattern, boolean]>([
    ['/api.*', prefix('/api'), true],
    ['^/api/(.*)$', prefix('/api/v1'), true],
    ['/api/.*', prefix('/api'), false],
    ['/a.i.*', prefix('/a.i'), false],
    ['/a\\.i.*', prefix('/a.i'), true],
    ['.*', prefix('seu_'), true],
    ['.+', prefix('seu_'), false],
  ])('%s', (wide, narrow, isCovered) => {
    expect(patternCovers(regex(wide), narrow)).toBe(isCovered);
  });
});
