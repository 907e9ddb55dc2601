// A text field that offers what fits as one types: arrows and Enter or a click choose. (The combobox of WAI-ARIA.)
import { useEffect, useId, useRef, useState } from "preact/hooks";

export interface Offer<Value> {
  key: string;
  label: string;
  detail?: string | undefined;
  value: Value;
}

interface SuggestProps<Value> {
  label: string;
  placeholder: string;
  /** What fits a text; called some moments after the typing. */
  find: (text: string) => Promise<Offer<Value>[]>;
  onPick: (value: Value) => void;
  /** What becomes of a text that is no offer; answers whether it was taken. */
  onText?: (text: string) => boolean;
}

const PAUSE_MS = 150;

/** The offers for a text, and no older ones than for this text. */
function useOffers<Value>(text: string, find: SuggestProps<Value>["find"]): Offer<Value>[] {
  const [offers, setOffers] = useState<Offer<Value>[]>([]);
  const latest = useRef("");
  useEffect(() => {
    const sought = text.trim();
    latest.current = sought;
    if (sought === "") {
      setOffers([]);
      return undefined;
    }
    const timer = setTimeout(() => {
      find(sought)
        .catch(() => [])
        .then((found) => latest.current === sought && setOffers(found))
        .catch(reportError);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return offers;
}

export function Suggest<Value>({ label, placeholder, find, onPick, onText }: SuggestProps<Value>) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const offers = useOffers(text, find);
  const listId = useId();
  const pick = (offer: Offer<Value>): void => {
    setText("");
    setActive(0);
    onPick(offer.value);
  };
  const take = (): void => {
    const offer = offers[active];
    if (offer) pick(offer);
    else if (text.trim() !== "" && onText?.(text.trim())) setText("");
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => setActive(Math.min(active + 1, offers.length - 1)),
    ArrowUp: () => setActive(Math.max(active - 1, 0)),
    Enter: take,
    ",": take,
    Escape: () => setText(""),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    // Escape closes the dialog around it, unless there is something to close here; Enter never sends the form.
    if (!act || (event.key === "Escape" && text === "") || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <div class="suggest">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={offers.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={offers[active] ? `${listId}-${active}` : undefined}
        autocomplete="off"
        placeholder={placeholder}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (text.trim() !== "" && onText?.(text.trim())) setText("");
        }}
      />
      <Offers id={listId} label={label} offers={offers} active={active} onPick={pick} />
    </div>
  );
}

interface OffersProps<Value> {
  id: string;
  label: string;
  offers: Offer<Value>[];
  active: number;
  onPick: (offer: Offer<Value>) => void;
}

function Offers<Value>({ id, label, offers, active, onPick }: OffersProps<Value>) {
  return (
    <ul id={id} role="listbox" aria-label={label} hidden={offers.length === 0}>
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
