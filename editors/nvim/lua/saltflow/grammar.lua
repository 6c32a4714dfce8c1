-- The tree-sitter grammar for SLS and Salt's Jinja: finds its sources, compiles and registers it.
local M = {}

--- Folder of this plugin.
local here = vim.fs.dirname(vim.fs.dirname(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))))

--- Where the compiled grammar is put: a folder that Neovim looks into by itself.
function M.target()
  return vim.fs.joinpath(vim.fn.stdpath('data'), 'site', 'parser', 'sls.so')
end

--- The grammar's C sources, or nil: beside the plugin (release archives) or in the repository.
function M.sources()
  for _, folder in ipairs({ vim.fs.joinpath(here, 'tree-sitter-sls'), vim.fs.joinpath(here, '..', '..', 'grammars', 'tree-sitter-sls') }) do
    if vim.uv.fs_stat(vim.fs.joinpath(folder, 'src', 'parser.c')) then return vim.fs.joinpath(folder, 'src') end
  end
end

--- Whether Neovim can load the grammar.
function M.installed()
  return (pcall(vim.treesitter.language.add, 'sls'))
    and #vim.api.nvim_get_runtime_file('parser/sls.so', false) > 0
end

--- Compiles the grammar. Returns whether it worked and what to tell the user.
function M.build()
  local sources = M.sources()
  if not sources then return false, 'the grammar is not there: install saltflow from a release archive or the repository' end
  local compiler = vim.iter({ vim.env.CC or 'cc', 'gcc', 'clang' }):find(function(name) return vim.fn.executable(name) == 1 end)
  if not compiler then return false, 'the grammar needs a C compiler (cc, gcc or clang) to be built' end
  vim.fn.mkdir(vim.fs.dirname(M.target()), 'p')
  local result = vim.system({
    compiler, '-O2', '-shared', '-fPIC', '-I', sources, '-o', M.target(),
    vim.fs.joinpath(sources, 'parser.c'), vim.fs.joinpath(sources, 'scanner.c'),
  }, { text = true }):wait()
  if result.code ~= 0 then return false, compiler .. ' failed: ' .. vim.trim(result.stderr or '') end
  -- Neovim has forgotten folders of the runtimepath that were not there when it started
  vim.o.runtimepath = vim.o.runtimepath
  return true, 'the grammar is built; open a file again to see its colours'
end

--- Starts highlighting in `buffer` where the grammar is there; Neovim's own colours stay otherwise.
function M.attach(buffer)
  vim.treesitter.language.register('sls', { 'salt', 'sls', 'jinja', 'salt.jinja' })
  if M.installed() then pcall(vim.treesitter.start, buffer, 'sls') end
end

return M
