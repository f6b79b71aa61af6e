import { useEffect, useRef, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router';
import { Icon } from '../ui/Icon.js';
import { useSearch } from './search.js';
import { isTyping, shortcutsAreOn } from './shortcutKeys.js';
import { page } from './urls.js';

const SEARCH_LENGTH = 100;

/** Patient search; `/` brings the focus here. */
export function SearchBox() {
  const { search, setSearch } = useSearch();
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event) || !shortcutsAreOn()) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  function onSubmit(event: SubmitEvent) {
    event.preventDefault();
    setSearch(input.current?.value.trim() ?? '');
    void navigate(page.patients());
  }

  return (
    <form role="search" className="search" onSubmit={onSubmit} key={search}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search patients"
        title="By the beginning of names, a national identifier, or a birth date (YYYY-MM-DD)"
        placeholder="Search patients  /"
        defaultValue={search}
        maxLength={SEARCH_LENGTH}
        autoComplete="off"
        spellCheck={false}
      />
    </form>
  );
}
