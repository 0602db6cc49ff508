// The completion scripts of the shells. Each asks `bimservice __complete` what may follow, so it never gets old.
//
// That command prints a candidate a line, with its description behind a tab, and `:files` as the last line where a
// path may stand.

const BASH = `# bash completion for bimservice
_bimservice() {
  local line files=''
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then files=1; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(bimservice __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # Without a candidate, "-o default" completes paths; where none may stand it is switched off (bash 4 and newer).
  if [[ -z $files ]] && type compopt >/dev/null 2>&1; then compopt +o default; fi
}
complete -o default -F _bimservice bimservice
`;

const ZSH = `#compdef bimservice
# zsh completion for bimservice
_bimservice() {
  local line files=''
  local -a found
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      files=1
    else
      line=\${line//:/\\\\:}
      found+=("\${line/$'\\t'/:}")
    fi
  done < <(bimservice __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe -V 'bimservice' found
  [[ -n $files ]] && _files
}
# Sourced, it registers itself; as a file in fpath, it is the function.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _bimservice "$@"; else compdef _bimservice bimservice; fi
`;

const FISH = `# fish completion for bimservice
function __bimservice_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (bimservice __complete -- $words[2..] 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c bimservice -f -a '(__bimservice_complete)'
`;

const POWERSHELL = `# PowerShell completion for bimservice
Register-ArgumentCompleter -Native -CommandName bimservice -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
    ForEach-Object { $_.Extent.Text })
  & bimservice __complete -- @words $(if ($wordToComplete) { $wordToComplete } else { '""' }) 2>$null |
    Where-Object { $_ -ne ':files' } |
    ForEach-Object {
      $value, $description = $_ -split "\`t", 2
      $tip = if ($description) { $description } else { $value }
      [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $tip)
    }
}
`;

/** The script of each shell that has one. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
