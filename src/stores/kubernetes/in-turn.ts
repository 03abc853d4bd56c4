/** Runs actions one at a time, in the order in which they come; those that wait while one fails fail as it did. */
export function inTurn(): <T>(action: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  let failures = 0;
  let failure: unknown;
  return (action) => {
    const before = failures;
    const mine = turn.then(async () => {
      // Five lists that wait while no credentials can be got mustn't wait for five time-outs.
      if (failures > before) throw failure;
      try {
        return await action();
      } catch (thrown) {
        failures += 1;
        failure = thrown;
        throw thrown;
      }
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
}
