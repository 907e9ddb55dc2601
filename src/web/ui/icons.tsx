// The page's icons: outlines of 24 by 24, in the colour of the text beside them, unseen by screen readers.
import type { ComponentChildren } from "preact";

const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg
    class="icon"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);

const outline = (path: string) =>
  function Outline() {
    return (
      <Icon>
        <path d={path} />
      </Icon>
    );
  };

export const CloseIcon = outline("M6 6l12 12M18 6L6 18");
export const PlusIcon = outline("M12 5v14M5 12h14");
export const PreviousIcon = outline("M15 5l-7 7 7 7");
export const NextIcon = outline("M9 5l7 7-7 7");
export const MenuIcon = outline("M4 7h16M4 12h16M4 17h16");
export const CheckIcon = outline("M5 12.5l4.5 4.5L19 7.5");
export const QuestionIcon = outline("M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1-1.4 2.1M12 17.6v.1");
export const ClockIcon = outline("M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2");
export const PlaceIcon = outline(
  "M12 21s-6.5-5.7-6.5-11a6.5 6.5 0 0 1 13 0c0 5.3-6.5 11-6.5 11zM12 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z",
);
export const PeopleIcon = outline(
  "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.8c1.9.8 3.1 2.4 3.5 4.7",
);
export const VideoIcon = outline("M3.5 6.5h11v11h-11zM14.5 10.5l6-3.5v10l-6-3.5");
export const TagIcon = outline("M4 4h7.5l8.5 8.5-7.5 7.5L4 11.5zM8 8v.1");
export const LinkIcon = outline(
  "M10 13.5a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10.5a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
);
export const RepeatIcon = outline(
  "M5 11V9.5A3.5 3.5 0 0 1 8.5 6H19M16 3l3 3-3 3M19 13v1.5a3.5 3.5 0 0 1-3.5 3.5H5M8 21l-3-3 3-3",
);
export const SearchIcon = outline("M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20");
export const HistoryIcon = outline("M4.5 12a7.5 7.5 0 1 0 2.3-5.4L4.5 9M4.5 4.5V9H9M12 8v4.3l2.8 1.7");
export const TextIcon = outline("M5 6.5h14M5 12h14M5 17.5h8");
export const LockIcon = outline("M7 10.5V8a5 5 0 0 1 10 0v2.5M6 10.5h12v9H6z");
export const PencilIcon = outline(
  "M4.5 19.5l1-4.2L16.3 4.5a1.8 1.8 0 0 1 2.5 0l.7.7a1.8 1.8 0 0 1 0 2.5L8.7 18.5z",
);
export const BinIcon = outline("M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5");
export const LeaveIcon = outline("M14 5H6v14h8M11 12h9.5M17 8.5l3.5 3.5-3.5 3.5");
export const CalendarIcon = outline("M4.5 6h15v13.5h-15zM4.5 10h15M8.5 3.5V7M15.5 3.5V7");
export const WarningIcon = outline("M12 4.5L3 19.5h18zM12 10v4M12 16.7v.1");
export const GlobeIcon = outline(
  "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c2.3 2.4 3.4 5.2 3.4 8.5s-1.1 6.1-3.4 8.5c-2.3-2.4-3.4-5.2-3.4-8.5s1.1-6.1 3.4-8.5z",
);
