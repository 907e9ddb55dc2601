// What TypeScript says of programs that use a generated client.
import ts from "typescript";

/** The complaints about each file, under strict settings; none may be about another. What it makes of them lies beside them. */
export function compileStrictly(
  files: readonly string[],
  options: ts.CompilerOptions = {},
): Map<string, string[]> {
  const compiled = ts.createProgram([...files], {
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: [],
    ...options,
  });
  compiled.emit();
  const found = ts.getPreEmitDiagnostics(compiled).map(({ file, messageText }) => ({
    where: file?.fileName,
    text: ts.flattenDiagnosticMessageText(messageText, " "),
  }));
  expect(found.filter(({ where }) => !files.includes(where ?? ""))).toEqual([]);
  return new Map(
    files.map((name) => [name, found.filter(({ where }) => where === name).map(({ text }) => text)]),
  );
}
