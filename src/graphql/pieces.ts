// Long lists of an answer, object after object. graphql-js completes a list in one go, and everybody else waits meanwhile;
// what has promises in it, it completes as these come. So the entries of lists by the ten thousand come one by one, with
// pauses between them, whichever list of the answer they are in.
import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from "graphql";
import { collectSubfields } from "graphql/execution/collectFields";
import { answerSizeOf } from "../access/answer-size";
import { perRequest, type RequestContext } from "../context";
import { Pauses } from "../turns/pauses";

/**
 * So many values of an answer are made in one go. A plain one takes a microsecond, and one with arguments and a look-up of
 * its own thirty.
 */
const MAX_AT_ONCE = 4_000;

/** Those of an answer, which is at one of its lists at a time. */
const pausesOf = perRequest(() => new Pauses());

/** Counts the values of a list's entries, and has them made in pieces where the answer holds many. */
export function makeInPieces(field: GraphQLField<unknown, RequestContext>): void {
  const { resolve = defaultFieldResolver } = field;
  const split = (list: unknown, context: RequestContext, info: GraphQLResolveInfo): unknown =>
    Array.isArray(list) && isListOfObjects(info.returnType) ? counted(list, context, info) : list;
  field.resolve = (source, args, context, info): unknown => {
    const list: unknown = resolve(source, args, context, info);
    return list instanceof Promise
      ? list.then((one) => split(one, context, info))
      : split(list, context, info);
  };
}

export const isListOfObjects = (type: GraphQLResolveInfo["returnType"]): boolean =>
  isListType(getNullableType(type)) && isCompositeType(getNamedType(type));

function counted(
  list: readonly unknown[],
  context: RequestContext,
  info: GraphQLResolveInfo,
): readonly unknown[] {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) return list;
  const values = answerSizeOf(context).addValues(list.length * valuesOf(type, info.fieldNodes, info));
  return values > MAX_AT_ONCE ? oneByOne(list, pausesOf(context)) : list;
}

function oneByOne(list: readonly unknown[], pauses: Pauses): readonly Promise<unknown>[] {
  const hands: ((entry: unknown) => void)[] = [];
  const promised = list.map(() => new Promise((resolve) => hands.push(resolve)));
  const go = async (): Promise<void> => {
    for (const [index, hand] of hands.entries()) {
      hand(list[index]);
      // graphql-js has made of the entry what it can before this goes on, pause or none.
      await pauses.take();
    }
  };
  void go();
  return promised;
}

const known = new WeakMap<readonly FieldNode[], number>();

/** How many values an object has in an answer, those of the objects in it included, but for what is in lists of objects. */
export function valuesOf(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
): number {
  let values = known.get(nodes);
  if (values !== undefined) return values;
  values = 0;
  const { schema, fragments, variableValues } = info;
  for (const [, [field, ...more]] of collectSubfields(schema, fragments, variableValues, type, nodes)) {
    values++;
    const of = field && type.getFields()[field.name.value]?.type;
    const inside = of && getNamedType(of);
    if (of && !isListType(getNullableType(of)) && isObjectType(inside))
      values += valuesOf(inside, [field, ...more], info);
  }
  known.set(nodes, values);
  return values;
}
