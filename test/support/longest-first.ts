import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What needs longest is started first. On a fresh clone Vitest goes by the size of files, and the longest tests have short
 * ones: the last of them would keep one worker busy while the other has nothing left to do.
 *
 * @param names the ends of paths of test files, the longest first: `plan/properties`
 */
export function longestFirst(names: readonly string[]): typeof BaseSequencer {
  const rankOf = ({ moduleId }: TestSpecification): number => {
    const rank = names.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    return rank < 0 ? names.length : rank;
  };
  return class LongestFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files);
      return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
    }
  };
}
