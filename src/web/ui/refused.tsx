// What the service said of something that it refused: the fields to blame, where it names some.
import { reasonOf, Refusal } from "../api/client";

export const refusalText = (error: unknown): string =>
  error instanceof Refusal && error.details.length > 0
    ? error.details.map(({ message }) => message).join(" ")
    : reasonOf(error);

export const Refused = ({ text }: { text: string | null }) =>
  text === null ? null : (
    <p class="notice bad wide" role="alert" dir="auto">
      {text}
    </p>
  );
