// Tests of faults have two forms: a short one that runs with all the others, and a long one, `npm run faults`.

/** Whether the long form was asked for. */
export const isLong = process.env.TIDEMARK_FAULTS === "long";
