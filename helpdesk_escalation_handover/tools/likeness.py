"""Whether two tickets are about the same kind of thing: plain functions."""

# What a ticket may be about. All but the category are fields of other modules.
THINGS = ("category_id", "product_id")
# What kind of question it is: too little by itself, as every other one is a "Problem".
KINDS = ("type_id",)


def is_alike(one, other):
    """Whether two tickets have the same category or product.

    Where both have a product, a category or a type, it has to be the same one.

    :param dict one, other: values of the fields above, as far as the host has them
    """
    both = [name for name in (*THINGS, *KINDS) if one.get(name) and other.get(name)]
    return any(name in THINGS for name in both) and all(
        one[name] == other[name] for name in both
    )
