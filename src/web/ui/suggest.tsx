// A text field that offers what fits as one types: arrows and Enter or a click choose. (The combobox of WAI-ARIA.)
// Nothing is chosen but what was found for exactly the text that stands there.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Fault } from "./fault";

export interface Offer<Value> {
  key: string;
  label: string;
  detail?: string | undefined;
  value: Value;
}

/** Texts that need no offer: they stand for themselves, as addresses do. */
export interface OwnWords<Value> {
  /** Whether there is something in a text that can be taken as it is. */
  covers: (text: string) => boolean;
  /** Whether an offer is what a text says. */
  means: (text: string, value: Value) => boolean;
  /** Takes what can be taken; answers what is left. */
  take: (text: string) => string;
}

interface SuggestProps<Value> {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  /** What fits a text; called some moments after the typing. */
  find: (text: string) => Promise<Offer<Value>[]>;
  onPick: (value: Value) => void;
  own?: OwnWords<Value>;
  /** Why a text that was left standing is nothing yet. */
  faultOf: (text: string) => string;
}

const PAUSE_MS = 150;

interface Found<Value> {
  sought: string;
  offers: Offer<Value>[];
}

/** The offers for exactly this text: none as long as they are looked for. */
function useOffers<Value>(text: string, find: SuggestProps<Value>["find"]): Offer<Value>[] {
  const [found, setFound] = useState<Found<Value>>({ sought: "", offers: [] });
  const sought = text.trim();
  useEffect(() => {
    let wanted = sought !== "";
    if (!wanted) return undefined;
    const timer = setTimeout(() => {
      find(sought)
        .catch(() => [])
        .then((offers) => wanted && setFound({ sought, offers }))
        .catch(reportError);
    }, PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [sought]);
  return sought !== "" && found.sought === sought ? found.offers : [];
}

export function Suggest<Value>(props: SuggestProps<Value>) {
  const { label, placeholder, text, onText, find, onPick, own, faultOf } = props;
  const [chosen, setChosen] = useState<number | null>(null);
  // What was left standing: by Enter, or by going elsewhere. Typing on is a new try.
  const [left, setLeft] = useState(text !== "");
  const offers = useOffers(text, find);
  const [listId, faultId] = [useId(), useId()];
  const covered = own?.covers(text) ?? false;
  const meant = covered ? offers.findIndex(({ value }) => own?.means(text, value)) : 0;
  const active = chosen ?? meant;
  const rest = useRest(text, own, (remains) => {
    setChosen(null);
    setLeft(true);
    onText(remains);
  });
  const pick = (offer: Offer<Value>): void => {
    setChosen(null);
    onText("");
    onPick(offer.value);
  };
  const activeOffer = offers[active];
  const onKeyDown = actingOn({
    ArrowDown: () => setChosen(Math.min(active + 1, offers.length - 1)),
    ArrowUp: () => setChosen(Math.max(active - 1, 0)),
    // Enter never sends the form.
    Enter: () => (activeOffer ? pick(activeOffer) : rest()),
    // Escape is the dialog's around it, unless there is something to close here.
    ...(text !== "" && { Escape: () => onText("") }),
    ...(covered && { ",": rest, ";": rest }),
  });
  const fault = left && text.trim() !== "" ? faultOf(text) : undefined;
  return (
    <div class="suggest">
      <div class="suggest-field">
        <input
          type="text"
          role="combobox"
          aria-label={label}
          aria-expanded={offers.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={activeOffer ? `${listId}-${active}` : undefined}
          aria-invalid={fault !== undefined}
          aria-describedby={fault === undefined ? undefined : faultId}
          autocomplete="off"
          placeholder={placeholder}
          value={text}
          onInput={(event) => {
            setChosen(null);
            setLeft(false);
            onText(event.currentTarget.value);
          }}
          onPaste={(event) => pasted(event, rest)}
          onKeyDown={onKeyDown}
          onBlur={() => text.trim() !== "" && rest()}
        />
        <Offers id={listId} label={label} offers={offers} active={active} onPick={pick} />
      </div>
      <div id={faultId}>
        <Fault text={fault} />
      </div>
    </div>
  );
}

const actingOn =
  (keys: Record<string, () => void>) =>
  (event: KeyboardEvent): void => {
    const act = event.isComposing ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

/** Takes of a text (of what stands in the field, unless another is given) what can be taken, and leaves the rest. */
function useRest<Value>(text: string, own: OwnWords<Value> | undefined, onLeft: (text: string) => void) {
  const current = useRef(text);
  current.current = text;
  return (given = current.current): void => {
    onLeft(own?.covers(given) ? own.take(given) : given);
  };
}

/** A field of one line would glue the lines of what is pasted together; a list is taken at once. */
function pasted(
  event: preact.JSX.TargetedClipboardEvent<HTMLInputElement>,
  rest: (text: string) => void,
): void {
  const brought = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!/[\n\r\t,;<]/.test(brought)) return;
  event.preventDefault();
  const { value, selectionStart, selectionEnd } = event.currentTarget;
  const [from, to] = [selectionStart ?? value.length, selectionEnd ?? value.length];
  const inOneLine = brought.replace(/[\n\r\t]+/g, "; ");
  rest(`${value.slice(0, from)}${inOneLine}${value.slice(to)}`);
}

interface OffersProps<Value> {
  id: string;
  label: string;
  offers: Offer<Value>[];
  active: number;
  onPick: (offer: Offer<Value>) => void;
}

function Offers<Value>({ id, label, offers, active, onPick }: OffersProps<Value>) {
  const list = useRef<HTMLUListElement>(null);
  // At the foot of a form, most of all on a phone, they would open beneath its edge.
  useEffect(() => {
    list.current?.scrollIntoView({ block: "nearest" });
  }, [offers]);
  return (
    <ul ref={list} id={id} role="listbox" aria-label={label} hidden={offers.length === 0}>
      {offers.map((offer, index) => (
        <li
          key={offer.key}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(offer);
          }}
        >
          <span dir="auto">{offer.label}</span>
          {offer.detail !== undefined && <small class="quiet">{offer.detail}</small>}
        </li>
      ))}
    </ul>
  );
}
