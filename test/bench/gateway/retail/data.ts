/** A shop that does not exist: five products, six users, of whom three reviewed four of the products. */

export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly memberSince: number;
}

export interface ProductRecord {
  readonly upc: string;
  readonly name: string;
  /** Cents. */
  readonly price: number;
  /** Grams. */
  readonly weight: number;
  readonly inStock: boolean;
}

export interface ReviewRecord {
  readonly id: string;
  readonly authorId: string;
  readonly productUpc: string;
  readonly rating: number;
  readonly body: string;
}

export const users: readonly UserRecord[] = Array.from({ length: 6 }, (_, index) => ({
  id: String(index + 1),
  name: `User ${index + 1}`,
  username: `user-${index + 1}`,
  memberSince: 2015 + index,
}));

const ARTICLES = ['lamp', 'kettle', 'chair', 'shelf', 'mirror'];

export const products: readonly ProductRecord[] = ARTICLES.map((article, index) => ({
  upc: String(index + 1),
  name: `Plain ${article}`,
  price: 899 + 450 * index,
  weight: 100 + 250 * ((index * 2) % 5),
  inStock: index !== 2,
}));

/** Nobody reviewed a product twice. */
export const reviews: readonly ReviewRecord[] = Array.from({ length: 10 }, (_, index) => ({
  id: `r${index + 1}`,
  authorId: String((index % 3) + 1),
  productUpc: String((index % 4) + 1),
  rating: 1 + ((index * 7) % 5),
  body: bodyOf(index),
}));

/** About 370 characters. Some need escapes in JSON, as what people write does. */
function bodyOf(index: number): string {
  const article = ARTICLES[index % 4] ?? 'thing';
  const sentences = [
    `The ${article} came on time and looks like it does in the picture.`,
    index % 3 === 0 ? `My neighbour calls it "the ${article}", and everybody knows which one.` : `It stands well.`,
    'The colour is darker than expected, which suits the room better than the lighter one would have done.',
    index % 2 === 0
      ? 'I would buy it again.'
      : 'One screw was missing; a new one came two days later without any question.',
    `After ${index + 2} months of use in a house with children it shows no scratch and no stain.`,
    'The manual is short and has a picture for every step.',
  ];
  return sentences.join(' ');
}
