/** A clock that only pauses move, and the pauses that were made. */
export function fakeTime(onSleep: () => void = () => undefined) {
  const pauses: number[] = [];
  let now = 1_000;
  return {
    pauses,
    now: () => now,
    sleep: (milliseconds: number) => {
      pauses.push(milliseconds);
      now += milliseconds;
      onSleep();
      return Promise.resolve();
    },
    random: () => 1,
  };
}
