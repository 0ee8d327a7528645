using System.Reflection;
using FastAlign.Kernels.Device;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// One formula on several lanes with the same options. So a case needs nothing of a formula but its type, and none is listed: those of the device catalogue, which
/// finds them by their interfaces, are the cases.
/// </summary>
internal static class FormulaTwins
{
    /// <summary>Options by place: within the ranges of every formula, and different from each other.</summary>
    private static readonly double[] Options = [0.3, 0.4, 1.5, 2.5];

    /// <summary>A case of each kernel whose arguments hold a formula.</summary>
    /// <param name="kernels">Of the device catalogue.</param>
    /// <param name="definition">Generic case of one formula, whose constructor takes its name.</param>
    public static IEnumerable<KernelCase> Cases(IReadOnlyList<KernelInfo> kernels, Type definition) =>
        from kernel in kernels
        let formula = kernel.GetType().GenericTypeArguments[0].GenericTypeArguments[0]
        select (KernelCase)Activator.CreateInstance(definition.MakeGenericType(formula), kernel.Name[(kernel.Name.IndexOf('.', StringComparison.Ordinal) + 1)..])!;

    /// <summary>The formula with the options of all its twins.</summary>
    public static TFormula Create<TFormula>()
        where TFormula : struct => (TFormula)Create(typeof(TFormula));

    /// <summary>The same formula on another lane.</summary>
    /// <typeparam name="TFormula">On its lane.</typeparam>
    /// <typeparam name="TFrom">Its lane.</typeparam>
    /// <typeparam name="TTo">The other lane.</typeparam>
    public static object Twin<TFormula, TFrom, TTo>()
        where TFormula : struct => Create(On(typeof(TFormula), typeof(TFrom), typeof(TTo)));

    private static Type On(Type formula, Type from, Type to) =>
        formula.GetGenericTypeDefinition().MakeGenericType([.. formula.GenericTypeArguments.Select(argument => argument == from ? to : On(argument, from, to))]);

    private static object Create(Type formula)
    {
        ConstructorInfo? constructor = formula.GetConstructors().SingleOrDefault();
        if (constructor is null)
        {
            return Activator.CreateInstance(formula)!;
        }

        object Argument(ParameterInfo parameter) => parameter.ParameterType switch
        {
            var type when type == typeof(double) => Options[parameter.Position],
            var type when type == typeof(bool) => true,
            var type => Create(type),
        };
        return constructor.Invoke([.. constructor.GetParameters().Select(Argument)]);
    }
}
