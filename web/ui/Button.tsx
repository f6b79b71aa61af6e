import { useId, type ComponentProps, type ReactNode } from 'react';
import { Link } from 'react-router';
import { Icon, type IconName } from './Icon.js';

interface Look {
  readonly look?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly icon?: IconName;
}

interface ButtonProps extends Look, Omit<ComponentProps<'button'>, 'disabled' | 'className'> {
  readonly busy?: boolean;
  /** Why it cannot be used now. It stays focusable, so that everybody can find out. */
  readonly disabledBecause?: string | undefined;
}

export function Button({
  look = 'plain',
  icon,
  busy = false,
  disabledBecause,
  onClick,
  children,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const disabled = busy || disabledBecause !== undefined;
  return (
    <span className="button-with-reason">
      <button
        type="button"
        {...rest}
        className={`button button-${look}`}
        aria-disabled={disabled}
        aria-busy={busy}
        aria-describedby={disabledBecause === undefined ? rest['aria-describedby'] : reasonId}
        onClick={(event) => {
          if (disabled) event.preventDefault();
          else onClick?.(event);
        }}
      >
        {icon !== undefined && <Icon name={icon} />}
        {children}
      </button>
      {disabledBecause !== undefined && (
        <span id={reasonId} className="reason">
          {disabledBecause}
        </span>
      )}
    </span>
  );
}

export function LinkButton({ to, look = 'plain', icon, children }: Look & { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={`button button-${look}`}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}
