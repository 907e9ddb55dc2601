// How much garbage V8 lets pile up before it looks for some. Left alone it lets a heap of 60 MB become three times that, and
// large answers are garbage of megabytes each: memory would show what passed through it, not what anybody holds.
import v8 from "node:v8";

const MAX_GROWTH_PERCENT = 50;

export const keepHeapSmall = (): void =>
  v8.setFlagsFromString(`--heap-growing-percent=${MAX_GROWTH_PERCENT}`);
