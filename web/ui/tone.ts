/** What a state means for the person who reads it. Colour only repeats what the words say. */
export type Tone = 'neutral' | 'accent' | 'good' | 'caution' | 'bad';
