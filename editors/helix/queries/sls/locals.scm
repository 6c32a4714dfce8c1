(macro_statement) @local.scope
(for_statement) @local.scope
(call_statement) @local.scope

(macro_statement name: (identifier) @local.definition)
(parameter name: (identifier) @local.definitioniable.parameter)
(set_statement target: (identifier) @local.definition)
(set_block target: (identifier) @local.definition)
(load_statement name: (identifier) @local.definition)
(for_statement target: (identifier) @local.definition)
(for_statement target: (tuple (identifier) @local.definition))
(import_statement name: (identifier) @local.definition)
(import_data_statement name: (identifier) @local.definition)
(imported_name alias: (identifier) @local.definition)
(identifier) @local.reference
