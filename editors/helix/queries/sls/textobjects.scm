(macro_statement) @function.around
(macro_statement (_)* @function.inside)
(parameter) @parameter.inside
(arguments (_) @parameter.inside)
(comment) @comment.around
