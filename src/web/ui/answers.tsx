// What people answer to a meeting: how it is said, and its mark beside a name.
import type { ComponentChildren } from "preact";
import { say } from "../languages/say";
import { CheckIcon, CloseIcon, QuestionIcon } from "./icons";

interface AnswerLook {
  says: string;
  mark: ComponentChildren;
}

const LOOKS: Record<string, AnswerLook> = {
  Accepted: { says: say("comes"), mark: <CheckIcon /> },
  Declined: { says: say("does not come"), mark: <CloseIcon /> },
  Tentative: { says: say("may come"), mark: <QuestionIcon /> },
  NoResponse: { says: say("has not answered"), mark: null },
};

export const answerLook = (status: string): AnswerLook => LOOKS[status] ?? { says: status, mark: null };
