import { products, reviews, users, type ProductRecord, type ReviewRecord, type UserRecord } from './data.js';
import type { SubgraphName } from './subgraphs.js';

type Resolvers = Readonly<Record<string, Readonly<Record<string, (...args: never[]) => unknown>>>>;

const user = (id: string): UserRecord | undefined => users.find((each) => each.id === id);
const product = (upc: string): ProductRecord | undefined => products.find((each) => each.upc === upc);

const userWithReviews = { __resolveReference: ({ id }: { id: string }) => user(id) && { id } };

/** What each subgraph answers. An entity is only its key where the subgraph knows no more about it. */
export const resolvers: Readonly<Record<SubgraphName, Resolvers>> = {
  accounts: {
    Query: {
      viewer: () => users[0],
      users: () => users,
      user: (_: unknown, { id }: { id: string }) => user(id),
    },
    User: { __resolveReference: ({ id }: { id: string }) => user(id) },
  },
  inventory: {
    Product: {
      __resolveReference: (reference: { upc: string; price?: number; weight?: number }) => {
        const known = product(reference.upc);
        return known && { ...reference, inStock: known.inStock };
      },
      /** One cent a gram, and nothing for what is expensive. */
      shippingEstimate: ({ price = 0, weight = 0 }: { price?: number; weight?: number }) => (price > 4000 ? 0 : weight),
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, Math.max(0, first)) },
    Product: { __resolveReference: ({ upc }: { upc: string }) => product(upc) },
  },
  reviews: {
    Review: {
      __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id),
      author: ({ authorId }: ReviewRecord) => ({ id: authorId, username: user(authorId)?.username }),
      product: ({ productUpc }: ReviewRecord) => ({ upc: productUpc }),
    },
    User: {
      ...userWithReviews,
      reviews: ({ id }: { id: string }) => reviews.filter(({ authorId }) => authorId === id),
    },
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => product(upc) && { upc },
      reviews: ({ upc }: { upc: string }) => reviews.filter(({ productUpc }) => productUpc === upc),
    },
  },
};
