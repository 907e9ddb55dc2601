// A test of two forms is short in `npm test`, and long in `npm run test:long` (TWO_FORMS of jest.long.config.js).

/** Whether the long form was asked for. */
export const isLong = process.env.TIDEMARK_LONG === "1";
