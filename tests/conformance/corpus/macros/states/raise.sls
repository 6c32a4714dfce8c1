{{ raise("this is refused") }}
