// A program of the tests that is called with words: what it was told, what it came to, and its exit code.

/** Exit code 0: nothing was wrong. 1: something was, or it broke off. 2: wrong usage, which is told with a sentence that says why. */
export function runProgram<Options>(
  usage: string,
  readOptions: (words: readonly string[]) => Options,
  run: (options: Options) => Promise<boolean>,
): void {
  const main = async (): Promise<number> => {
    let options: Options;
    try {
      options = readOptions(process.argv.slice(2));
    } catch (error) {
      console.error(`${(error as Error).message}\n\n${usage}`);
      return 2;
    }
    return (await run(options)) ? 0 : 1;
  };
  main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
