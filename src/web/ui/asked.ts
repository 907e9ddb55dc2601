// What a part of a page shows of the service: asked for when it appears, and again when told.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";

export interface Asked<Data> {
  data: Data | null;
  /** Why there is nothing, or nothing newer. */
  problem: string | null;
  again: () => Promise<void>;
}

/** Asks anew when a variable changes; an answer that came too late for that is let go. */
export function useAsked<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Asked<Data> {
  const [data, setData] = useState<Data | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(0);
  const again = async (): Promise<void> => {
    const mine = ++latest.current;
    try {
      const found = await ask(document, variables);
      if (mine !== latest.current) return;
      setData(found);
      setProblem(null);
    } catch (error) {
      if (mine === latest.current) setProblem(reasonOf(error));
    }
  };
  useEffect(() => {
    setData(null);
    void again();
    return () => void latest.current++;
  }, [JSON.stringify(variables)]);
  return { data, problem, again };
}
