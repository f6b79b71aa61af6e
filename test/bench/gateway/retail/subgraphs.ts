/** The four subgraphs, in the order in which they are composed. */
export const SUBGRAPHS = ['accounts', 'inventory', 'products', 'reviews'] as const;

export type SubgraphName = (typeof SUBGRAPHS)[number];

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", ';

/** The SDL of each. Prices are cents, weights grams. */
export const SUBGRAPH_SDL: Readonly<Record<SubgraphName, string>> = {
  accounts: `
    ${LINK}"@shareable"])
    type Query {
      viewer: User
      users: [User!]
      user(id: ID!): User
    }
    type User @key(fields: "id") {
      id: ID!
      name: String
      username: String @shareable
      memberSince: Int
    }
  `,
  inventory: `
    ${LINK}"@requires"])
    type Product @key(fields: "upc") {
      upc: String!
      price: Int @external
      weight: Int @external
      inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }
  `,
  products: `
    ${LINK}"@shareable"])
    type Query {
      topProducts(first: Int = 5): [Product!]
    }
    type Product @key(fields: "upc") {
      upc: String!
      name: String
      price: Int
      weight: Int
    }
  `,
  reviews: `
    ${LINK}"@provides"])
    type Review @key(fields: "id") {
      id: ID!
      body: String
      rating: Int
      author: User @provides(fields: "username")
      product: Product
    }
    type User @key(fields: "id") {
      id: ID!
      username: String @external
      reviews: [Review!]
    }
    type Product @key(fields: "upc") {
      upc: String!
      reviews: [Review!]
    }
  `,
};

/**
 * The same subgraphs in the first version of Apollo Federation, which is all that Mercurius knows: whoever does not own a
 * type extends it, and only its owner may answer a field.
 */
export const SUBGRAPH_SDL_FEDERATION_1: Readonly<Record<SubgraphName, string>> = {
  accounts: `
    extend type Query {
      viewer: User
      users: [User!]
      user(id: ID!): User
    }
    type User @key(fields: "id") {
      id: ID!
      name: String
      username: String
      memberSince: Int
    }
  `,
  inventory: `
    extend type Product @key(fields: "upc") {
      upc: String! @external
      price: Int @external
      weight: Int @external
      inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }
  `,
  products: `
    extend type Query {
      topProducts(first: Int = 5): [Product!]
    }
    type Product @key(fields: "upc") {
      upc: String!
      name: String
      price: Int
      weight: Int
    }
  `,
  reviews: `
    type Review @key(fields: "id") {
      id: ID!
      body: String
      rating: Int
      author: User @provides(fields: "username")
      product: Product
    }
    extend type User @key(fields: "id") {
      id: ID! @external
      username: String @external
      reviews: [Review!]
    }
    extend type Product @key(fields: "upc") {
      upc: String! @external
      reviews: [Review!]
    }
  `,
};
