//! A budget for loops. Every loop of a module is rewritten so that each round pays for what stands in it:
//!
//! ```text
//! loop { body }   ->   loop { if budget < cost { overran = 1; budget = 0; break; }  budget = budget - cost;  body }
//! ```
//!
//! `budget` is private to an invocation, `cost` the statements of one round, calls included, and at least so many that
//! the budget lasts for [`MAX_ROUNDS`] rounds. An invocation then ends after `statements outside of loops + budget` at
//! the latest, whatever its loops wait for. A loop pays once more than it turns, as a device that ends loops early
//! counts (`gpu::rounds`); but that counts for all lanes of a SIMD group together, so where there are several loops, each
//! lane gets its share of what the device gives: see [`fitted`].

use std::collections::HashMap;

use crate::gpu::rounds;

use naga::{
    AddressSpace, BinaryOperator, Block, Expression, Function, GlobalVariable, Handle, Literal, Module, Range,
    ResourceBinding, Scalar, Span, Statement, StorageAccess, Type, TypeInner,
};

/// Most statements of an entry point, each loop counted once and each call in full.
pub const MAX_COST: u64 = 1 << 17;

/// Most rounds of all loops of an invocation. Mesa's llvmpipe leaves its loops after 65,535 without a word; here the run
/// is told.
pub const MAX_ROUNDS: u32 = rounds::ROUNDS;

/// Lanes of a SIMD group at most. One loop takes a group as many rounds as the lane that needs most; of several, nested
/// or in a row, each may be another lane's longest.
const LANES: u32 = 16;

/// What the rewriting needs to know of a function.
#[derive(Clone, Copy, Default)]
struct Known {
    /// Statements and expressions, each loop counted once and each call in full.
    cost: u64,
    /// Whether invocations wait for each other in it.
    barrier: bool,
    /// Loops, those of called functions at each call.
    loops: u32,
}

type Functions = HashMap<Handle<Function>, Known>;

/// The globals that the rewriting adds.
#[derive(Clone, Copy)]
struct Globals {
    least: u32,
    budget: Handle<GlobalVariable>,
    overran: Handle<GlobalVariable>,
}

/// Rewrites every loop. Returns how many there are; if any, `overran`, a u32 at `binding` of group 0, is to be bound.
///
/// # Errors
/// What cannot be guarded, as `(expected, found)`.
pub fn guard(module: &mut Module, budget: u32, binding: u32) -> Result<u32, (String, String)> {
    let mut known = Functions::new();
    // A function stands behind those it calls.
    for (handle, function) in module.functions.iter() {
        known.insert(handle, look(&function.body, &known, false)?);
    }
    let mut loops = known.values().map(|function| function.loops).max().unwrap_or(0);
    for entry in &module.entry_points {
        let found = look(&entry.function.body, &known, false)?;
        if found.cost > MAX_COST {
            let expected = format!("at most {MAX_COST} statements, calls counted in full");
            return Err((expected, found.cost.to_string()));
        }
        loops = loops.max(found.loops);
    }
    if loops == 0 {
        return Ok(0);
    }
    let ty = Type { name: None, inner: TypeInner::Scalar(Scalar::U32) };
    let ty = module.types.insert(ty, Span::UNDEFINED);
    let full = module.global_expressions.append(Expression::Literal(Literal::U32(budget)), Span::UNDEFINED);
    let variable = |name: &str, space, init, binding| GlobalVariable {
        name: Some(name.into()),
        space,
        binding,
        ty,
        init,
        memory_decorations: naga::MemoryDecorations::empty(),
    };
    let access = StorageAccess::LOAD | StorageAccess::STORE;
    let place = Some(ResourceBinding { group: 0, binding });
    let own = variable(BUDGET, AddressSpace::Private, Some(full), None);
    let flag = variable("loop_overran", AddressSpace::Storage { access }, None, place);
    let globals = Globals {
        least: budget.div_ceil(MAX_ROUNDS),
        budget: module.global_variables.append(own, Span::UNDEFINED),
        overran: module.global_variables.append(flag, Span::UNDEFINED),
    };
    let functions = module.functions.iter_mut().map(|(_, function)| function);
    for function in functions.chain(module.entry_points.iter_mut().map(|entry| &mut entry.function)) {
        let mut body = std::mem::take(&mut function.body);
        rewrite(&mut body, function, globals, &known);
        function.body = body;
    }
    Ok(loops)
}

/// Name of the variable that holds what is left.
const BUDGET: &str = "loop_budget";

/// Rounds of an invocation of a module with so many loops, on a device of so many rounds a launch.
pub fn rounds_of(loops: u32, device: u32) -> u32 {
    if device >= rounds::NO_END {
        MAX_ROUNDS
    } else if loops <= 1 {
        device.min(MAX_ROUNDS)
    } else {
        device.min(MAX_ROUNDS) / LANES
    }
}

/// A guarded module whose budget lasts for so many rounds at most.
pub fn fitted(mut module: Module, budget: u32, rounds: u32) -> Module {
    let fits = budget.div_ceil(MAX_ROUNDS).saturating_mul(rounds).min(budget);
    let held = module.global_variables.iter().find(|(_, v)| v.name.as_deref() == Some(BUDGET));
    if let Some(init) = held.and_then(|(_, variable)| variable.init) {
        module.global_expressions[init] = Expression::Literal(Literal::U32(fits));
    }
    module
}

/// What a block holds.
fn look(block: &Block, functions: &Functions, inside: bool) -> Result<Known, (String, String)> {
    let mut sum = Known::default();
    for statement in block {
        let part = match statement {
            Statement::Emit(range) => Known { cost: range.clone().count() as u64, ..Known::default() },
            Statement::Call { function, .. } => functions.get(function).copied().unwrap_or_default(),
            Statement::ControlBarrier(_) | Statement::WorkGroupUniformLoad { .. } => {
                Known { barrier: true, ..Known::default() }
            }
            Statement::Loop { .. } => Known { loops: 1, ..Known::default() },
            _ => Known::default(),
        };
        if part.barrier && inside {
            return Err(("no barrier inside a loop: its end is not the same for all".into(), "one".into()));
        }
        add(&mut sum, part);
        let inside = inside || part.loops > 0;
        for nested in parts(statement) {
            add(&mut sum, look(nested, functions, inside)?);
        }
        sum.cost = sum.cost.saturating_add(1);
    }
    Ok(sum)
}

fn add(sum: &mut Known, part: Known) {
    sum.cost = sum.cost.saturating_add(part.cost);
    sum.barrier |= part.barrier;
    sum.loops = sum.loops.saturating_add(part.loops);
}

/// The blocks inside a statement.
fn parts(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::Block(block) => vec![block],
        Statement::If { accept, reject, .. } => vec![accept, reject],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::Loop { body, continuing, .. } => vec![body, continuing],
        _ => vec![],
    }
}

fn rewrite(block: &mut Block, function: &mut Function, globals: Globals, known: &Functions) {
    for statement in block.iter_mut() {
        match statement {
            Statement::Block(block) => rewrite(block, function, globals, known),
            Statement::If { accept, reject, .. } => {
                rewrite(accept, function, globals, known);
                rewrite(reject, function, globals, known);
            }
            Statement::Switch { cases, .. } => {
                cases.iter_mut().for_each(|case| rewrite(&mut case.body, function, globals, known));
            }
            Statement::Loop { body, continuing, .. } => {
                let cost = [&*body, &*continuing].map(|block| look(block, known, false).map_or(0, |found| found.cost));
                rewrite(body, function, globals, known);
                rewrite(continuing, function, globals, known);
                let mut guarded =
                    pay(function, globals, u32::try_from(1 + cost[0] + cost[1]).unwrap_or(u32::MAX).max(globals.least));
                guarded.extend_block(std::mem::take(body));
                *body = guarded;
            }
            _ => {}
        }
    }
}

/// The statements that pay for one round, or break.
fn pay(function: &mut Function, globals: Globals, cost: u32) -> Block {
    let mut append = |expression| function.expressions.append(expression, Span::UNDEFINED);
    let budget = append(Expression::GlobalVariable(globals.budget));
    let overran = append(Expression::GlobalVariable(globals.overran));
    let [cost, one, zero] = [cost, 1, 0].map(|n| append(Expression::Literal(Literal::U32(n))));
    let left = append(Expression::Load { pointer: budget });
    let short = append(Expression::Binary { op: BinaryOperator::Less, left, right: cost });
    let rest = append(Expression::Binary { op: BinaryOperator::Subtract, left, right: cost });
    let stop = vec![
        Statement::Store { pointer: overran, value: one },
        Statement::Store { pointer: budget, value: zero },
        Statement::Break,
    ];
    Block::from_vec(vec![
        Statement::Emit(Range::new_from_bounds(left, rest)),
        Statement::If { condition: short, accept: Block::from_vec(stop), reject: Block::new() },
        Statement::Store { pointer: budget, value: rest },
    ])
}
