/** What the model is for, beside each of its answers; whatever the model card says, it is no medical device. */
export function IntendedUse({ text, code }: { text: string; code?: string }) {
  return (
    <p className="intended-use">
      {code !== undefined && (
        <>
          The model looks for <strong>{code}</strong>.{' '}
        </>
      )}
      <strong>Intended use.</strong> {text}
      {!/not a medical device/i.test(text) && <strong> Not a medical device.</strong>}
    </p>
  );
}
