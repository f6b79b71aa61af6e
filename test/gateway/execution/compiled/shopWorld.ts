import { numberOf, pick, resolversOf, take, type FieldFunctions, type Row, type World } from './world.js';

/** A union, shared root fields, @provides, a mutation that leads back to the root, a field that is named like what objects inherit. */
export function shopWorld(): World {
  const products: Row[] = ['1', '2', '3'].map((number) => ({
    __typename: number === '3' ? 'Service' : 'Good',
    id: `i${number}`,
    sku: `K${number}`,
    name: `Item ${number}`,
    price: { amount: 10 * Number(number), currency: 'EUR' },
  }));
  const users: Row[] = ['1', '2'].map((number) => ({
    __typename: 'User',
    id: `u${number}`,
    email: `u${number}@x`,
    name: `User ${number}`,
  }));
  const reviews: Row[] = ['1', '2', '3', '4', '5'].map((digit) => ({
    __typename: 'Review',
    id: `r${digit}`,
    stars: Number(digit),
    body: digit === '4' ? null : `Body ${digit} "quoted"\n\u2028`,
  }));
  const product = {
    reviews: (row: Row, { first }: Row) =>
      take(
        reviews.filter((review) => numberOf(review) % 3 === numberOf(row) % 3),
        first,
      ),
    stock: (row: Row) => numberOf(row) * 7,
    shipping: (row: Row, { to }: Row) =>
      to === 'X' ? null : (row.price as { amount: number }).amount + (typeof to === 'string' ? to : 'home').length,
    score: (row: Row) => numberOf(row) / 3,
    constructor: (row: Row) => `made ${String(row.id)}`,
    similar: (row: Row) => [pick(products, numberOf(row)), pick(products, numberOf(row) + 1)],
  };
  const fields: FieldFunctions = {
    Query: {
      products: () => products,
      product: (_row, { sku }) => products.find((row) => row.sku === sku) ?? null,
      me: () => users[0],
      users: () => users,
      search: () => [products[0], users[1], reviews[2], products[2]],
      top: (_row, { first }) => take([...products].reverse(), first),
      latest: () => reviews[4],
    },
    Mutation: {
      add: (_row, { text }) => ({ text, item: products[0], by: users[1], query: {} }),
    },
    Payload: {},
    Good: { ...product, weight: (row) => numberOf(row) * 1.5 },
    Service: { ...product, hours: (row) => numberOf(row) },
    User: {
      reviews: (row) => reviews.filter((review) => numberOf(review) % 2 === numberOf(row) % 2),
      cart: (row) => ({
        lines: [
          { item: pick(products, numberOf(row)), count: 2 },
          { item: pick(products, 2), count: 1 },
        ],
      }),
      orders: (row) => [[pick(products, numberOf(row))], [], [pick(products, 0), pick(products, 2)]],
      greeting: (row) => `Hello ${String(row.name)}`,
    },
    Review: {
      author: (row) => pick(users, numberOf(row)),
      subject: (row) => pick(products, numberOf(row) + 2),
    },
    Money: {},
  };
  const item = ({ id, sku }: Row) => products.find((row) => row.id === id || row.sku === sku) ?? null;
  const user = ({ id, email }: Row) => users.find((row) => row.id === id || row.email === email) ?? null;
  const withPrice = (ref: Row): Row | null => {
    const row = item(ref);
    return row === null ? null : { __typename: row.__typename, id: row.id, price: ref.price };
  };
  return {
    name: 'shop',
    fields,
    subgraphs: {
      catalog: {
        typeDefs: `
          type Query { products: [Product!]! product(sku: String!): Product top(first: Int): [Product] @shareable search: [Hit] @shareable }
          interface Product { id: ID! sku: String! name: String price: Money }
          type Good implements Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! name: String price: Money weight: Float }
          type Service implements Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! name: String price: Money hours: Int }
          type Money @shareable { amount: Int! currency: String! }
          union Hit = Good | Service | User | Review
          type User @key(fields: "id", resolvable: false) { id: ID! }
          type Review @key(fields: "id", resolvable: false) { id: ID! }
        `,
        resolvers: resolversOf(
          fields,
          { Query: 'products product top search', Good: 'weight', Service: 'hours' },
          {
            Product: { __resolveType: (row: Row) => row.__typename },
            Hit: { __resolveType: (row: Row) => row.__typename },
            Good: { __resolveReference: item },
            Service: { __resolveReference: item },
          },
        ),
      },
      accounts: {
        typeDefs: `
          type Query { me: User! users: [User!] }
          type Mutation { add(text: String!): Payload! }
          type Payload { text: String! item: Good by: User! query: Query! }
          type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! name: String! greeting: String! cart: Cart }
          type Cart { lines: [Line!]! }
          type Line { item: Product count: Int! }
          interface Product { id: ID! }
          type Good implements Product @key(fields: "id", resolvable: false) { id: ID! }
          type Service implements Product @key(fields: "id", resolvable: false) { id: ID! }
        `,
        resolvers: resolversOf(
          fields,
          { Query: 'me users', Mutation: 'add', User: 'greeting cart' },
          { User: { __resolveReference: user }, Product: { __resolveType: (row: Row) => row.__typename } },
        ),
      },
      reviews: {
        typeDefs: `
          type Query { latest: Review }
          type Review @key(fields: "id") { id: ID! stars: Int! body: String author: User @provides(fields: "email") subject: Product }
          interface Product { id: ID! reviews(first: Int): [Review!]! score: Float }
          type Good implements Product @key(fields: "id") { id: ID! reviews(first: Int): [Review!]! score: Float similar: [Product] }
          type Service implements Product @key(fields: "id") { id: ID! reviews(first: Int): [Review!]! score: Float similar: [Product] }
          type User @key(fields: "id") { id: ID! email: String! @external reviews: [Review!] orders: [[Product]!] }
        `,
        resolvers: resolversOf(
          fields,
          {
            Query: 'latest',
            Review: 'author subject',
            Good: 'reviews score similar',
            Service: 'reviews score similar',
            User: 'reviews orders',
          },
          {
            Review: { __resolveReference: ({ id }: Row) => reviews.find((row) => row.id === id) ?? null },
            Product: { __resolveType: (row: Row) => row.__typename },
            Good: { __resolveReference: item },
            Service: { __resolveReference: item },
            User: { __resolveReference: user },
          },
        ),
      },
      stock: {
        typeDefs: `
          type Query { top(first: Int): [Product] @shareable }
          interface Product { id: ID! stock: Int! }
          type Good implements Product @key(fields: "id") {
            id: ID! stock: Int! price: Money @external constructor: String shipping(to: String): Int @requires(fields: "price { amount }")
          }
          type Service implements Product @key(fields: "id") {
            id: ID! stock: Int! price: Money @external constructor: String shipping(to: String): Int @requires(fields: "price { amount currency }")
          }
          type Money @shareable { amount: Int! currency: String! }
        `,
        resolvers: resolversOf(
          fields,
          { Query: 'top', Good: 'stock constructor shipping', Service: 'stock constructor shipping' },
          {
            Product: { __resolveType: (row: Row) => row.__typename },
            Good: { __resolveReference: withPrice },
            Service: { __resolveReference: withPrice },
          },
        ),
      },
    },
  };
}
