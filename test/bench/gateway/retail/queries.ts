/** An operation of the bench, as a client sends it. */
export interface BenchQuery {
  readonly name: 'deep' | 'small';
  /** The request body. */
  readonly body: string;
}

const DEEP = `
fragment UserParts on User { id username name }
fragment ReviewParts on Review { id body }
fragment ProductParts on Product { inStock name price shippingEstimate upc weight }

query Deep {
  users {
    ...UserParts
    reviews {
      ...ReviewParts
      product {
        ...ProductParts
        reviews {
          ...ReviewParts
          author {
            ...UserParts
            reviews { ...ReviewParts product { ...ProductParts } }
          }
        }
      }
    }
  }
  topProducts {
    ...ProductParts
    reviews {
      ...ReviewParts
      author {
        ...UserParts
        reviews { ...ReviewParts product { ...ProductParts } }
      }
    }
  }
}`;

const SMALL = `query Small { topProducts(first: 3) { name price inStock reviews { rating author { name } } } }`;

export const QUERIES: readonly BenchQuery[] = [
  { name: 'deep', body: JSON.stringify({ operationName: 'Deep', query: DEEP }) },
  { name: 'small', body: JSON.stringify({ operationName: 'Small', query: SMALL }) },
];
